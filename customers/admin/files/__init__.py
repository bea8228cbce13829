"""Files of rows that people upload to the admin and download from it."""
