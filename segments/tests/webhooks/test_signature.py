"""Signatures are those of Standard Webhooks."""

import base64

from segments.webhooks.signature import PREFIX, new_secret, signature


def test_the_example_of_the_standard():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_are_random_and_long_enough():
    assert new_secret() != new_secret()
    assert len(base64.b64decode(new_secret().removeprefix(PREFIX))) == 32
