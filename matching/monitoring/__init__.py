"""After the grant: what becomes of firms with a line is watched for their lenders, under the consent of each firm."""
