"""What belongs to Magento: the layouts of its files and how they become ours."""
