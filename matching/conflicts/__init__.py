"""Conflicts of interest: who of a lender's people must keep away from which firm, and why."""
