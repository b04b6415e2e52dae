"""The web server: Twilio's webhooks and streams on one side, the switchboard on the other."""
