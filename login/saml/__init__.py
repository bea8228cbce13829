"""Log-in by SAML 2.0, with python3-saml and libxmlsec1 (extra `saml`)."""
