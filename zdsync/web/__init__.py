"""The two web applications: what Zendesk may reach (public) and what only operators may reach (private)."""
