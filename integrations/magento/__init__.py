"""The layouts of Magento's files and their conversion to ours."""
