"""Results of mail: reports of providers, clicks, attributed sales."""
