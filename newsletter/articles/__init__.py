"""What issues tell of: pages on the web, the posts of feeds and of the folders of sites."""
