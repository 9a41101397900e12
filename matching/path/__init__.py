"""What would make a firm eligible: the smallest lawful changes, with dates, and what opens by itself on which date."""
