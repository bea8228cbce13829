"""Second factors: authenticator apps, passkeys, recovery codes, and the users who need one."""
