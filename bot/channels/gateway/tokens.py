"""Tokens: a conversation's id, signed, so that an id that was guessed or seen opens nothing."""

import secrets

from itsdangerous import BadSignature, URLSafeSerializer

from bot.channels.gateway.problems import Problem


class Tokens:
    """Signs and reads tokens with `secret`; without one, tokens hold until the gateway stops.

    A token carries no time: the conversation behind it ends, and the token with it.
    """

    def __init__(self, secret: str | None = None) -> None:
        self._serializer = URLSafeSerializer(secret or secrets.token_bytes(32), salt="plainscan conversation")

    def sign(self, conversation_id: str) -> str:
        """Return the token that opens the conversation."""
        token = self._serializer.dumps(conversation_id)
        return token if isinstance(token, str) else token.decode("ascii")

    def read(self, token: str) -> str:
        """Return the conversation's id.

        Raises:
            Problem: `unauthorised`, when this gateway did not sign it.
        """
        try:
            return str(self._serializer.loads(token))
        except BadSignature:
            raise Problem("unauthorised") from None
