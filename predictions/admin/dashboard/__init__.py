"""The dashboard, a file for each of its sections: the numbers of the API, worded for merchants."""
