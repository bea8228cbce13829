"""The API that receives behaviour and consent."""
