// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func tasksListCommand(a *app) *cobra.Command {
	var f applianceapi.TaskFilter
	c := &cobra.Command{
		Use:   "list",
		Short: "Tasks, newest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Tasks(c.Context(), f)
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) { drawTasks(s, list) })
			return nil
		},
	}
	c.Flags().StringVar(&f.State, "state", "", "queued, running, done, failed or interrupted")
	c.Flags().StringVar(&f.Kind, "kind", "", "one kind of task, such as power.reboot")
	c.Flags().StringVar(&f.Before, "before", "", "tasks older than the one with this id")
	c.Flags().IntVar(&f.Limit, "limit", 20, "how many")
	return c
}

func drawTasks(s *sheet, list applianceapi.List[applianceapi.Task]) {
	var rows [][]string
	for _, t := range list.Items {
		rows = append(rows, []string{t.ID, t.State, fmt.Sprintf("%d %%", t.Percent), t.Title, t.By.Name, moment(t.Created)})
	}
	s.table("No tasks.", []string{"ID", "STATE", "DONE", "TASK", "BY", "ASKED FOR"}, rows)
	if list.Next != "" {
		s.line("Older ones: --before %s", list.Next)
	}
}

func tasksShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "One task with its log",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			t, err := client.Task(c.Context(), args[0])
			if err != nil {
				return err
			}
			log, err := client.TaskLog(c.Context(), args[0], 0)
			if err != nil {
				return err
			}
			whole := struct {
				Task applianceapi.Task       `json:"task"`
				Log  []applianceapi.TaskLine `json:"log"`
			}{t, log.Items}
			a.print.Value(whole, func(s *sheet) { drawTask(s, t, log.Items) })
			return nil
		},
	}
}

func drawTask(s *sheet, t applianceapi.Task, log []applianceapi.TaskLine) {
	phase := ""
	if t.Phase < len(t.Phases) && t.Phase >= 0 {
		phase = t.Phases[t.Phase]
	}
	s.fields("Task", t.Title, "Kind", t.Kind, "State", t.State, "Phase", phase, "Done", fmt.Sprintf("%d %%", t.Percent),
		"By", t.By.Name, "Asked for", moment(t.Created), "Began", moment(t.Started), "Ended", moment(t.Ended),
		"Result", t.Result, "Error", t.Error, "Next step", t.NextStep)
	for _, l := range log {
		s.line("%s  %s", clockTime(l.At), plain(l.Text))
	}
}

func tasksFollowCommand(a *app) *cobra.Command {
	var patience time.Duration
	c := &cobra.Command{
		Use:   "follow ID",
		Short: "Watch a task to its end, across restarts of the appliance",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			f := follower{app: a, client: client, patience: patience}
			return f.follow(c.Context(), args[0])
		},
	}
	c.Flags().DurationVar(&patience, "patience", 10*time.Minute, "longest time without an answer")
	return c
}
