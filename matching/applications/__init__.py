"""Applications: the firm's one form, its submissions to lenders, and the lender's review."""
