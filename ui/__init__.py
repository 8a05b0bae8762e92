"""What pages share: the frame, the sidebar, the cached door to the data, cards and charts."""
