"""Everything that knows how Zendesk speaks: HTTP, its errors, its JSON, its exports, its webhooks."""
