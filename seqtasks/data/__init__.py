"""Steps of tf.data pipelines that several tasks share."""
