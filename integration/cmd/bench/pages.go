// SPDX-License-Identifier: Apache-2.0

package main

import "context"

func (b *bencher) pages(ctx context.Context) error { return nil }
