"""Single sign-on by OpenID Connect and SAML, and second factors beside a password."""
