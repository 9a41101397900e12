"""The lender's review desk: the queue, one application with the decision beside it, and its steps."""
