"""Above which amount a lender wants two approvers, and how that limit itself is changed by two people."""
