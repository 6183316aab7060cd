"""The data set jsb_chorales."""
