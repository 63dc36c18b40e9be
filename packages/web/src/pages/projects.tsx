import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { buttonClass } from '../parts/button.tsx';
import { Empty, Page } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProjectList } from '../parts/project-list.tsx';

export function ProjectsPage() {
  const projects = useQuery(api.projects.list.queryOptions({ input: { limit: 200 } }));
  return (
    <Page
      title="Projects"
      lead="A project is one collaboration across organisations: its people, data, runs and models."
      actions={
        <Link to="/new-project" className={buttonClass('primary')}>
          Start a project
        </Link>
      }
    >
      <Loaded query={projects}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No projects yet">Start the first one, then invite people to it.</Empty>
          ) : (
            <ProjectList projects={items} />
          )
        }
      </Loaded>
    </Page>
  );
}
