// SPDX-License-Identifier: Apache-2.0

// Package box is an appliance in a virtual machine as tests use it: the image
// built once, powered on and up, somebody signed in, and the update server and
// time servers that it asks. It puts together packages vm, person and the API's
// client, and holds what would otherwise stand at the begin of every test in
// guide, faults and browser. What is expected of the appliance beyond coming up
// stands in those.
package box
