"""What a bank asks while it edits a product: who would qualify if a threshold moved, over the whole city."""
