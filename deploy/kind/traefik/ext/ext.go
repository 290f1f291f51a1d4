// Package ext stands for a folder of Traefik's repository that its module leaves out, since it is a module of its own: the places where
// another edition of Traefik has more settings.
package ext

type HTTP struct{}

type Router struct{}
