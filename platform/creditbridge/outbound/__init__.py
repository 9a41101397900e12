"""The one way to an outside address: every request to a host that a person named goes through here."""
