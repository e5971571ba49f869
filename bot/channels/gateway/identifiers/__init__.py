"""What tells who a patient is: found in a text, and masked before the text leaves the gateway's process.

`python -m bot.channels.gateway.identifiers` measures how well. docs/privacy.md says what is masked and what is not.
"""
