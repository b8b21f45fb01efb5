/** How targets of CloudTrail begin, as its clients spell them: botocore and the older SDKs in full, the newer ones in short. */

export const targetPrefixes = ['CloudTrail_20131101.', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.'];
