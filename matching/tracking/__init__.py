"""Statistics over grants and applications: exact for the platform, its own for a lender, protected for others."""
