"""What a frame, a still, a setting and a status are: plain data that every layer above shares.

Nothing is re-exported here: the camera process takes ``model.frame`` without paying for the API models.
"""
