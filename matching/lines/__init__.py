"""Credit lines: grants recorded with all that statistics need, what firms and lenders see of them."""
