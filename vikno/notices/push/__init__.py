"""Notices that show themselves on a person's devices: web push (RFC 8030), sealed (RFC 8291) and proved (RFC 8292)."""
