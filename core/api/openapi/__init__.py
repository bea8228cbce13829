"""The API's description, made from what requests are checked by."""
