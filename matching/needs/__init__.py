"""Financing needs: a firm posts what it looks for, lenders answer without knowing who it is, and the firm chooses."""
