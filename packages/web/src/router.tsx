import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { z } from 'zod';
import { dataSearch } from './lib/data-view.ts';
import { FailureNote } from './parts/failure-note.tsx';
import { Loading } from './parts/loaded.tsx';
import { NotFound } from './parts/not-found.tsx';
import { Shell } from './parts/shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const tab = z.object({ tab: z.string().optional().catch(undefined) });

/** A list of those that have a tag. */
const taggedWith = z.object({ tag: z.string().max(200).optional().catch(undefined) });
const word = z.string().max(600).optional().catch(undefined);
/** Where one is in a repository: a part of it, and in that a version, a folder or file, a commit, a discussion. */
const place = z.object({
  tab: word,
  revision: word,
  folder: word,
  file: word,
  commit: word,
  number: z.coerce.number().int().positive().optional().catch(undefined),
});

/** Every address of the app; each page's code is fetched when it is first opened. */

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/home.tsx'), 'HomePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/setup',
    validateSearch: z.object({ code: z.coerce.string().optional().catch(undefined) }),
    component: lazyRouteComponent(() => import('./pages/setup.tsx'), 'SetupPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    validateSearch: z.object({ next: z.string().optional().catch(undefined) }),
    component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignInPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/invite/$code',
    component: lazyRouteComponent(() => import('./pages/invitation.tsx'), 'InvitationPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/search',
    validateSearch: z.object({ q: z.coerce.string().catch('') }),
    component: lazyRouteComponent(() => import('./pages/search.tsx'), 'SearchPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/projects',
    component: lazyRouteComponent(() => import('./pages/projects.tsx'), 'ProjectsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/new-project',
    component: lazyRouteComponent(() => import('./pages/new-project.tsx'), 'NewProjectPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/projects/$slug',
    validateSearch: tab,
    component: lazyRouteComponent(() => import('./pages/project.tsx'), 'ProjectPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/projects/$slug/new-run',
    validateSearch: z.object({ dataset: z.string().optional().catch(undefined) }),
    component: lazyRouteComponent(() => import('./pages/new-run.tsx'), 'NewRunPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/projects/$slug/races/$id',
    component: lazyRouteComponent(() => import('./pages/race.tsx'), 'RacePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/projects/$slug/compare',
    validateSearch: z.object({ runs: z.string().catch('') }),
    component: lazyRouteComponent(() => import('./pages/compare.tsx'), 'ComparePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs/$id',
    component: lazyRouteComponent(() => import('./pages/run.tsx'), 'RunPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/datasets',
    validateSearch: taggedWith,
    component: lazyRouteComponent(() => import('./pages/repositories.tsx'), 'DatasetsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/models',
    validateSearch: taggedWith,
    component: lazyRouteComponent(() => import('./pages/repositories.tsx'), 'ModelsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/new-dataset',
    validateSearch: z.object({ namespace: z.string().optional().catch(undefined) }),
    component: lazyRouteComponent(() => import('./pages/new-dataset.tsx'), 'NewDatasetPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/datasets/$namespace/$name',
    validateSearch: place.extend(dataSearch.shape),
    component: lazyRouteComponent(() => import('./pages/dataset.tsx'), 'DatasetPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/models/$namespace/$name',
    validateSearch: place,
    component: lazyRouteComponent(() => import('./pages/model.tsx'), 'ModelPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/algorithms',
    component: lazyRouteComponent(() => import('./pages/algorithms.tsx'), 'AlgorithmsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/algorithms/$name',
    component: lazyRouteComponent(() => import('./pages/algorithm.tsx'), 'AlgorithmPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/textbook',
    component: lazyRouteComponent(() => import('./pages/textbook.tsx'), 'TextbookPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/deployments',
    component: lazyRouteComponent(() => import('./pages/deployments.tsx'), 'DeploymentsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/deployments/$name',
    component: lazyRouteComponent(() => import('./pages/deployment.tsx'), 'DeploymentPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/people',
    component: lazyRouteComponent(() => import('./pages/people.tsx'), 'PeoplePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/people/$username',
    component: lazyRouteComponent(() => import('./pages/person.tsx'), 'PersonPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/organisations/$slug',
    component: lazyRouteComponent(() => import('./pages/organisation.tsx'), 'OrganisationPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/compute',
    component: lazyRouteComponent(() => import('./pages/compute.tsx'), 'ComputePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings',
    component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/ledger',
    validateSearch: z.object({ namespace: z.string().optional().catch(undefined) }),
    component: lazyRouteComponent(() => import('./pages/ledger.tsx'), 'LedgerPage'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error, reset }) => <FailureNote error={error} retry={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
