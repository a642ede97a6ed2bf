"""kgen: one ClusterSet file becomes every cluster's manifests."""
