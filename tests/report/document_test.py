"""Pages are whole, escaped and fetch nothing."""

from jaxaug.report.document import findings, percent, save, section, table


def test_a_page_is_written_whole(tmp_path):
  path = save(tmp_path / 'deep' / 'page.html', 'a <b> & c', '<p>body</p>')
  text = path.read_text()
  assert '<title>a &lt;b&gt; &amp; c · jaxaug</title>' in text and '<p>body</p></main>' in text
  assert 'http' not in text and [p.name for p in path.parent.iterdir()] == ['page.html']


def test_parts_of_a_page():
  assert percent({'value': 0.5, 'low': 0.25, 'high': 0.75}) == '<b>50.0%</b> <small>25.0 to 75.0</small>'
  text = table(('a', 'b'), [('x', 1), ('y', 2)], 'groups')
  assert text.count('<tr>') == 3 and '<tr><th>y</th><td>2</td></tr>' in text and '<table class="groups">' in text
  assert section('a < b', '<p>c</p>').count('<p>') == 1 and '<h2>a &lt; b</h2>' in section('a < b', '')
  assert findings(['a', 'b']).count('<li>') == 2 and findings([]) == ''
