"""Dated rules of credit repair and publication, and the repairs a firm can make of its records."""
