"""CreditBridge 信桥: a city's financing credit platform."""
