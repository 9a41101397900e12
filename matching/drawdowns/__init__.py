"""Use of a credit line: drawdowns from request to the last repayment, and amendments that need the firm's consent."""
