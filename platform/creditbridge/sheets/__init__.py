"""Tables in files: reading TSV, CSV and XLSX within limits, writing them without formulas. No framework here."""
