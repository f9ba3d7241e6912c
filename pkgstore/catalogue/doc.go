// SPDX-License-Identifier: Apache-2.0

// Package catalogue knows the releases that there are: their names, what they
// require, their notes and the licence agreement, as data in catalogue.toml.
// It turns a release and the files built for it into a package.
//
// Which of them somebody may have is the update server's business, in which
// order they are installed that of package plan.
package catalogue
