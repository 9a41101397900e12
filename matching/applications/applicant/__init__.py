"""The firm's side of applications: the form in three steps, and following what became of it."""
