// SPDX-License-Identifier: Apache-2.0

// Package hwprofiles holds the models of the appliance: three sizes of the
// virtual appliance and the hardware models B200, B300 and B400. A model is a
// data file in models/; the package reads them and checks them.
//
// A profile answers three questions. The image builder asks which drivers to
// ship, the virtual machine driver which machine to put together, and the box
// what it should call itself and which size it should advise. Which drivers a
// box loads is not asked here: it goes by what it finds.
package hwprofiles
