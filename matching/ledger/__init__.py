"""The books: double entry in fen over quotas, lines, risk pools and loans; only ever added to, and checked nightly."""
