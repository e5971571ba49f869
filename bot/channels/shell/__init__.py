"""The chat shell: Plainscan on the command line, a client of the gateway's public API."""
