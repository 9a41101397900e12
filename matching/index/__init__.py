"""The whole city against every product: compiled rules, packed verdicts, shared between processes."""
