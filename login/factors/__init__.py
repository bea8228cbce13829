"""Second factors: authenticator apps, passkeys, recovery codes; who has to have one."""
