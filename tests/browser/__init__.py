"""The studio's page in a real browser: read README.md here first."""
