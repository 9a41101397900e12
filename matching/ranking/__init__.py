"""The order in which a firm sees the products it may apply for, each part of it shown."""
